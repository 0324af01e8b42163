print("riders are loaded")
