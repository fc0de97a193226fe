package host

import "unsafe"

//go:wasmimport fabric_v1 get_state
func GetState(key string) int32

//go:wasmimport fabric_v1 get_states
func GetStates(keys unsafe.Pointer, keysCount uint32) int32

//go:wasmimport fabric_v1 put_state
func PutState(key, value string) int32

//go:wasmimport fabric_v1 put_states
func PutStates(entries unsafe.Pointer, entriesCount uint32) int32

//go:wasmimport fabric_v1 delete_state
func DeleteState(key string) int32

//go:wasmimport fabric_v1 delete_states
func DeleteStates(keys unsafe.Pointer, keysCount uint32) int32

//go:wasmimport fabric_v1 get_state_metadata
func GetStateMetadata(key string) int32

//go:wasmimport fabric_v1 get_state_validation_parameter
func GetStateValidationParameter(key string) int32

//go:wasmimport fabric_v1 set_state_validation_parameter
func SetStateValidationParameter(key, policy string) int32

//go:wasmimport fabric_v1 get_state_by_range
func GetStateByRange(startKey, endKey string) int32

//go:wasmimport fabric_v1 get_state_by_range_with_pagination
func GetStateByRangeWithPagination(startKey, endKey string, pageSize uint32, bookmark string) int32

//go:wasmimport fabric_v1 get_state_by_partial_composite_key
func GetStateByPartialCompositeKey(objectType string, attributes unsafe.Pointer, attributesCount uint32) int32

//go:wasmimport fabric_v1 get_state_by_partial_composite_key_with_pagination
func GetStateByPartialCompositeKeyWithPagination(objectType string, attributes unsafe.Pointer, attributesCount, pageSize uint32, bookmark string) int32

//go:wasmimport fabric_v1 get_all_states_composite_key_with_pagination
func GetAllStatesCompositeKeyWithPagination(pageSize uint32, bookmark string) int32

//go:wasmimport fabric_v1 create_composite_key
func CreateCompositeKey(objectType string, attributes unsafe.Pointer, attributesCount uint32) int32

//go:wasmimport fabric_v1 split_composite_key
func SplitCompositeKey(key string) int32

//go:wasmimport fabric_v1 get_query_result
func GetQueryResult(query string) int32

//go:wasmimport fabric_v1 get_query_result_with_pagination
func GetQueryResultWithPagination(query string, pageSize uint32, bookmark string) int32

//go:wasmimport fabric_v1 get_history_for_key
func GetHistoryForKey(key string) int32

//go:wasmimport fabric_v1 state_iterator_next
func StateIteratorNext(iterator int32) int32

//go:wasmimport fabric_v1 state_iterator_close
func StateIteratorClose(iterator int32)

//go:wasmimport fabric_v1 history_iterator_next
func HistoryIteratorNext(iterator int32) int32

//go:wasmimport fabric_v1 history_iterator_close
func HistoryIteratorClose(iterator int32)
