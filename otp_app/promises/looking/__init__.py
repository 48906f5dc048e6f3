"""What people look at: stock with its dated ATP, and orders with their promises."""
