"""The course: each lesson is a directory with a walkthrough, a thing to run and a thing to break.

The walkthroughs quote the code by file and symbol; `tutorials.quotes` keeps what they quote true.
"""
