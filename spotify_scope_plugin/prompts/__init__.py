"""What to tell the image model: themes, keywords, style words and the composer."""
