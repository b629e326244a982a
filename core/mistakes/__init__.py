"""The mistakes of programs: the table of what is said about each, the checks that find them, and hints."""

from core.mistakes.table import Mistake as Mistake
