#include "../fabric/state.h"
#include "convert.h"

static void free_entry(fabric_state_iterator *iterator) {
    fabric_free(iterator->current.key);
    fabric_free(iterator->current.value);
    iterator->current = (fabric_key_value){0};
}

bool fabric_state_next(fabric_state_iterator *iterator, fabric_key_value *entry) {
    free_entry(iterator);
    if (!iterator->is_open) return false;
    fabric_chaincode_state_option_key_value_t found;
    chaincode_string_t error;
    fabric_chaincode_state_borrow_state_iterator_t handle = {iterator->handle};
    if (!fabric_chaincode_state_method_state_iterator_next(handle, &found, &error)) {
        iterator->error = from_string(error);
    } else if (found.is_some) {
        iterator->current = (fabric_key_value){from_string(found.val.key), from_bytes(found.val.value)};
        *entry = iterator->current;
        return true;
    }
    fabric_state_close(iterator);
    return false;
}

bool fabric_state_close(fabric_state_iterator *iterator) {
    if (iterator->is_open) {
        fabric_chaincode_state_own_state_iterator_t handle = {iterator->handle};
        fabric_chaincode_state_state_iterator_drop_own(handle);
        iterator->is_open = false;
    }
    free_entry(iterator);
    if (!fabric_exists(iterator->error)) return true;
    set_error(iterator->error);
    return false;
}

static void free_modification(fabric_history_iterator *iterator) {
    fabric_free(iterator->current.tx_id);
    fabric_free(iterator->current.value);
    iterator->current = (fabric_key_modification){0};
}

bool fabric_history_next(fabric_history_iterator *iterator, fabric_key_modification *modification) {
    free_modification(iterator);
    if (!iterator->is_open) return false;
    fabric_chaincode_state_option_key_modification_t found;
    chaincode_string_t error;
    fabric_chaincode_state_borrow_history_iterator_t handle = {iterator->handle};
    if (!fabric_chaincode_state_method_history_iterator_next(handle, &found, &error)) {
        iterator->error = from_string(error);
    } else if (found.is_some) {
        iterator->current = (fabric_key_modification){
            .tx_id = from_string(found.val.tx_id),
            .value = from_bytes(found.val.value),
            .timestamp = {found.val.timestamp.seconds, found.val.timestamp.nanoseconds},
            .is_delete = found.val.is_delete,
        };
        *modification = iterator->current;
        return true;
    }
    fabric_history_close(iterator);
    return false;
}

bool fabric_history_close(fabric_history_iterator *iterator) {
    if (iterator->is_open) {
        fabric_chaincode_state_own_history_iterator_t handle = {iterator->handle};
        fabric_chaincode_state_history_iterator_drop_own(handle);
        iterator->is_open = false;
    }
    free_modification(iterator);
    if (!fabric_exists(iterator->error)) return true;
    set_error(iterator->error);
    return false;
}
