"""The full-screen programs in a browser, each page with a program of its own."""
