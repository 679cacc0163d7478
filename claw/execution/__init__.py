"""How programs run and files change: processes, what confines them, and what is kept from them."""
