package shim

import "iter"

// CommonIteratorInterface is what all iterators have.
type CommonIteratorInterface interface {
	// HasNext tells whether Next has something to return: an entry, or the error that ended the iteration.
	HasNext() bool
	// Close ends the iteration. The peer keeps a limited number of iterators open; at the latest the end of the call closes them.
	Close() error
}

// StateQueryIteratorInterface iterates over keys in ascending order with their values.
type StateQueryIteratorInterface interface {
	CommonIteratorInterface
	// Next returns the next key.
	Next() (*KV, error)
	// All is for range loops. It closes the iterator when the loop is left.
	All() iter.Seq2[*KV, error]
}

// HistoryQueryIteratorInterface iterates over the modifications of a key, newest first.
type HistoryQueryIteratorInterface interface {
	CommonIteratorInterface
	// Next returns the next modification.
	Next() (*KeyModification, error)
	// All is for range loops. It closes the iterator when the loop is left.
	All() iter.Seq2[*KeyModification, error]
}
