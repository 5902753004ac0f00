from docs.contracts import write

write()
