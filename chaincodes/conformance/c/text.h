/*
 * How arguments and results are written.
 *
 * All languages offer the same functions, so that one list of checks is for all of them. Arguments and results are text:
 * lists are joined by commas, pairs by `=`, what does not exist is `<none>`, hashes are hexadecimal.
 */
#ifndef TEXT_H
#define TEXT_H

#include <fabric.h>

/* A parameter: texts joined by commas. */
typedef fabric_list fabric_param_list;
#define FABRIC_KIND_list "list"
bool fabric_parse_list(fabric_bytes argument, fabric_list *result);

/* `key=value` each. */
fabric_key_values entries_of(fabric_list texts);

fabric_bytes optional(fabric_bytes value);
fabric_bytes hexadecimal(fabric_bytes bytes);
fabric_bytes joined(fabric_list items);
fabric_bytes pairs(fabric_key_values pairs);
fabric_bytes replaced(fabric_bytes text, char from, char to);

/* Answer with all entries; separators of composite keys are shown as `/`. */
bool respond_entries(bool is_ok, fabric_state_iterator *found);
bool respond_page(bool is_ok, fabric_state_iterator *found, const fabric_page *page);

#endif
