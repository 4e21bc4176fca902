module salvor.dev/bench/raw

go 1.24
