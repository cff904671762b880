"""From markup to clean paragraphs, and the text file that keeps them; without Scrapy."""
