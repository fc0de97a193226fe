package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"fabric-contract/shim"
)

// none is written for what does not exist.
const none = "<none>"

// list reads texts joined by commas.
func list(joined string) []string {
	parts := strings.Split(joined, ",")
	return slices.DeleteFunc(parts, func(part string) bool { return part == "" })
}

// keyValues reads a list of key=value.
func keyValues(joined string) []shim.KV {
	var entries []shim.KV
	for _, pair := range list(joined) {
		key, value, _ := strings.Cut(pair, "=")
		entries = append(entries, shim.KV{Key: key, Value: []byte(value)})
	}
	return entries
}

func lossy(value []byte) string {
	return strings.ToValidUTF8(string(value), "\uFFFD")
}

func optional(value []byte) string {
	if value == nil {
		return none
	}
	return lossy(value)
}

func optionals(values [][]byte) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = optional(value)
	}
	return strings.Join(texts, ",")
}

// sorted writes name=value in the order of the names.
func sorted[V string | []byte](values map[string]V) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, name+"="+lossy([]byte(values[name])))
	}
	return strings.Join(pairs, ",")
}

// visible shows the separators of composite keys as slashes.
func visible(text string) string {
	return strings.ReplaceAll(text, "\x00", "/")
}

func entries(found shim.StateQueryIteratorInterface, err error) (string, error) {
	if err != nil {
		return "", err
	}
	var pairs []string
	for entry, err := range found.All() {
		if err != nil {
			return "", err
		}
		pairs = append(pairs, entry.Key+"="+lossy(entry.Value))
	}
	return visible(strings.Join(pairs, ",")), nil
}

func page(found shim.StateQueryIteratorInterface, metadata *shim.QueryResponseMetadata, err error) (string, error) {
	if err != nil {
		return "", err
	}
	text, err := entries(found, nil)
	count := strconv.Itoa(int(metadata.FetchedRecordsCount))
	return text + "|" + count + "|" + visible(metadata.Bookmark), err
}
