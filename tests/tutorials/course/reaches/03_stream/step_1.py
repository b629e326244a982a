"""Listens nowhere."""

import time

time.sleep(60)
