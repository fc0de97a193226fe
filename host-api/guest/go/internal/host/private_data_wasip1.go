package host

import "unsafe"

//go:wasmimport fabric_v1 get_private_data
func GetPrivateData(collection, key string) int32

//go:wasmimport fabric_v1 get_private_data_multiple
func GetPrivateDataMultiple(collection string, keys unsafe.Pointer, keysCount uint32) int32

//go:wasmimport fabric_v1 get_private_data_hash
func GetPrivateDataHash(collection, key string) int32

//go:wasmimport fabric_v1 put_private_data
func PutPrivateData(collection, key, value string) int32

//go:wasmimport fabric_v1 put_private_data_multiple
func PutPrivateDataMultiple(collection string, entries unsafe.Pointer, entriesCount uint32) int32

//go:wasmimport fabric_v1 delete_private_data
func DeletePrivateData(collection, key string) int32

//go:wasmimport fabric_v1 purge_private_data
func PurgePrivateData(collection, key string) int32

//go:wasmimport fabric_v1 get_private_data_metadata
func GetPrivateDataMetadata(collection, key string) int32

//go:wasmimport fabric_v1 get_private_data_validation_parameter
func GetPrivateDataValidationParameter(collection, key string) int32

//go:wasmimport fabric_v1 set_private_data_validation_parameter
func SetPrivateDataValidationParameter(collection, key, policy string) int32

//go:wasmimport fabric_v1 get_private_data_by_range
func GetPrivateDataByRange(collection, startKey, endKey string) int32

//go:wasmimport fabric_v1 get_private_data_by_partial_composite_key
func GetPrivateDataByPartialCompositeKey(collection, objectType string, attributes unsafe.Pointer, attributesCount uint32) int32

//go:wasmimport fabric_v1 get_private_data_query_result
func GetPrivateDataQueryResult(collection, query string) int32
