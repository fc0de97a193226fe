#include "../fabric/state.h"
#include "convert.h"

static bool opened(bool is_ok, fabric_chaincode_state_own_state_iterator_t handle, const chaincode_string_t *error,
                   fabric_state_iterator *found) {
    *found = (fabric_state_iterator){.handle = handle.__handle, .is_open = is_ok};
    return succeeded(is_ok, error);
}

static bool opened_page(bool is_ok, fabric_chaincode_state_tuple2_own_state_iterator_page_t result,
                        const chaincode_string_t *error, fabric_state_iterator *found, fabric_page *page) {
    if (!opened(is_ok, result.f0, error, found)) return false;
    *page = (fabric_page){result.f1.fetched_records_count, from_string(result.f1.bookmark)};
    return true;
}

bool fabric_get_state_by_range(fabric_bytes start, fabric_bytes end, fabric_state_iterator *found) {
    chaincode_string_t raw_start = to_string(start), raw_end = to_string(end), error;
    fabric_chaincode_state_own_state_iterator_t handle = {0};
    bool is_ok = fabric_chaincode_state_get_state_by_range(&raw_start, &raw_end, &handle, &error);
    return opened(is_ok, handle, &error, found);
}

bool fabric_get_state_by_range_with_pagination(fabric_bytes start, fabric_bytes end, uint32_t page_size,
                                               fabric_bytes bookmark, fabric_state_iterator *found,
                                               fabric_page *page) {
    chaincode_string_t raw_start = to_string(start), raw_end = to_string(end), raw_bookmark = to_string(bookmark);
    chaincode_string_t error;
    fabric_chaincode_state_tuple2_own_state_iterator_page_t result = {0};
    bool is_ok = fabric_chaincode_state_get_state_by_range_with_pagination(&raw_start, &raw_end, page_size,
                                                                           &raw_bookmark, &result, &error);
    return opened_page(is_ok, result, &error, found, page);
}

bool fabric_get_state_by_partial_composite_key(fabric_bytes object_type, fabric_list attributes,
                                               fabric_state_iterator *found) {
    chaincode_string_t raw_type = to_string(object_type), error;
    chaincode_list_string_t raw_attributes = to_strings(attributes);
    fabric_chaincode_state_own_state_iterator_t handle = {0};
    bool is_ok =
        fabric_chaincode_state_get_state_by_partial_composite_key(&raw_type, &raw_attributes, &handle, &error);
    return opened(is_ok, handle, &error, found);
}

bool fabric_get_state_by_partial_composite_key_with_pagination(fabric_bytes object_type, fabric_list attributes,
                                                               uint32_t page_size, fabric_bytes bookmark,
                                                               fabric_state_iterator *found, fabric_page *page) {
    chaincode_string_t raw_type = to_string(object_type), raw_bookmark = to_string(bookmark), error;
    chaincode_list_string_t raw_attributes = to_strings(attributes);
    fabric_chaincode_state_tuple2_own_state_iterator_page_t result = {0};
    bool is_ok = fabric_chaincode_state_get_state_by_partial_composite_key_with_pagination(
        &raw_type, &raw_attributes, page_size, &raw_bookmark, &result, &error);
    return opened_page(is_ok, result, &error, found, page);
}

bool fabric_get_all_states_composite_key_with_pagination(uint32_t page_size, fabric_bytes bookmark,
                                                         fabric_state_iterator *found, fabric_page *page) {
    chaincode_string_t raw_bookmark = to_string(bookmark), error;
    fabric_chaincode_state_tuple2_own_state_iterator_page_t result = {0};
    bool is_ok = fabric_chaincode_state_get_all_states_composite_key_with_pagination(page_size, &raw_bookmark,
                                                                                     &result, &error);
    return opened_page(is_ok, result, &error, found, page);
}

bool fabric_get_query_result(fabric_bytes query, fabric_state_iterator *found) {
    chaincode_string_t raw_query = to_string(query), error;
    fabric_chaincode_state_own_state_iterator_t handle = {0};
    bool is_ok = fabric_chaincode_state_get_query_result(&raw_query, &handle, &error);
    return opened(is_ok, handle, &error, found);
}

bool fabric_get_query_result_with_pagination(fabric_bytes query, uint32_t page_size, fabric_bytes bookmark,
                                             fabric_state_iterator *found, fabric_page *page) {
    chaincode_string_t raw_query = to_string(query), raw_bookmark = to_string(bookmark), error;
    fabric_chaincode_state_tuple2_own_state_iterator_page_t result = {0};
    bool is_ok = fabric_chaincode_state_get_query_result_with_pagination(&raw_query, page_size, &raw_bookmark,
                                                                         &result, &error);
    return opened_page(is_ok, result, &error, found, page);
}

bool fabric_get_history_for_key(fabric_bytes key, fabric_history_iterator *found) {
    chaincode_string_t raw_key = to_string(key), error;
    fabric_chaincode_state_own_history_iterator_t handle = {0};
    bool is_ok = fabric_chaincode_state_get_history_for_key(&raw_key, &handle, &error);
    *found = (fabric_history_iterator){.handle = handle.__handle, .is_open = is_ok};
    return succeeded(is_ok, &error);
}
