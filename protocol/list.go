package protocol

import "sync/atomic"

// list is an append-only list that is a value: extending returns another and
// leaves the first as it was. Lists that follow one another share their memory,
// so that a long run of chains costs no more than its longest; only where two
// extend the same one is it copied.
type list[T any] struct {
	items []T
	// used counts the items written to the shared memory. Whoever raises it
	// from the length of its own list owns the next place.
	used *atomic.Int64
}

func listOf[T any](items []T) list[T] {
	l := list[T]{items: items, used: new(atomic.Int64)}
	l.used.Store(int64(len(items)))
	return l
}

func (l list[T]) extend(item T) list[T] {
	n := int64(len(l.items))
	if l.used != nil && len(l.items) < cap(l.items) && l.used.CompareAndSwap(n, n+1) {
		return list[T]{items: append(l.items, item), used: l.used}
	}
	grown := make([]T, n, 2*n+1)
	copy(grown, l.items)
	return listOf(append(grown, item))
}
