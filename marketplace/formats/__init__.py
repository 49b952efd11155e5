"""How Django's own widgets write dates, where its choice for a language is not ours."""
