"""What is promised, which promises a profile asks for, and what the results say about them."""
