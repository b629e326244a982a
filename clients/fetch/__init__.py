"""The client that fetches a page or a file by HTTP."""
