module fabric-contract

go 1.27
