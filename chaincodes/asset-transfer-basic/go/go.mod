module asset-transfer-basic

go 1.27

require fabric-contract v0.0.0

replace fabric-contract => ../../../host-api/guest/go
