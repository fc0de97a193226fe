package shim

import (
	"errors"
	"iter"

	"fabric-contract/internal/host"
)

// iterator reads one entry ahead, because only the peer knows whether there is another.
type iterator[T any] struct {
	handle int32
	next   func(handle int32) int32
	close  func(handle int32)
	// read takes an entry out of the registers.
	read func() *T

	ahead  *T
	err    error
	looked bool
	closed bool
}

func (i *iterator[T]) HasNext() bool {
	if !i.looked && !i.closed {
		i.looked, i.ahead = true, nil
		result := i.next(i.handle)
		if i.err = host.Check(result); i.err == nil && result != host.None {
			i.ahead = i.read()
		}
	}
	return i.looked && (i.ahead != nil || i.err != nil)
}

func (i *iterator[T]) Next() (*T, error) {
	if !i.HasNext() {
		return nil, errors.New("the iterator has no further entry")
	}
	if i.err != nil {
		return nil, i.err
	}
	i.looked = false
	return i.ahead, nil
}

func (i *iterator[T]) Close() error {
	if !i.closed {
		i.closed, i.looked = true, false
		i.close(i.handle)
	}
	return nil
}

func (i *iterator[T]) All() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		defer i.Close()
		for i.HasNext() {
			if entry, err := i.Next(); !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

func stateIterator(result int32) (StateQueryIteratorInterface, error) {
	if err := host.Check(result); err != nil {
		return nil, err
	}
	return &iterator[KV]{
		handle: int32(host.Number(0)),
		next:   host.StateIteratorNext,
		close:  host.StateIteratorClose,
		read:   func() *KV { return &KV{Key: host.Text(0), Value: host.Bytes(1)} },
	}, nil
}

func statePage(result int32) (StateQueryIteratorInterface, *QueryResponseMetadata, error) {
	if err := host.Check(result); err != nil {
		return nil, nil, err
	}
	page := &QueryResponseMetadata{FetchedRecordsCount: int32(host.Number(1)), Bookmark: host.Text(2)}
	entries, err := stateIterator(result)
	return entries, page, err
}

func historyIterator(result int32) (HistoryQueryIteratorInterface, error) {
	if err := host.Check(result); err != nil {
		return nil, err
	}
	return &iterator[KeyModification]{
		handle: int32(host.Number(0)),
		next:   host.HistoryIteratorNext,
		close:  host.HistoryIteratorClose,
		read: func() *KeyModification {
			time := &Timestamp{Seconds: host.Number(2), Nanos: int32(host.Number(3))}
			return &KeyModification{TxId: host.Text(0), Value: host.Bytes(1), Timestamp: time, IsDelete: host.Number(4) != 0}
		},
	}, nil
}
