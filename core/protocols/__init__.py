"""The classes that a program subclasses (protocols, factories, lines), and the registry of sessions."""
