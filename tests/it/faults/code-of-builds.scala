object Main
