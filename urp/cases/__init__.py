"""The case (pratica): one code, one contact, one link, one timeline for question and appointment."""
