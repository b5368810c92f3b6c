"""The demo platform: a volunteering platform's tables, and made-up data in them."""
