"""Background tasks for Django, written as typed classes and watched from the browser."""
