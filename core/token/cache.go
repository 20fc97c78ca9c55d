package token

import (
	"container/list"
	"sync"
	"sync/atomic"
)

// cache remembers verified tokens, the least recently used ones go first. It is safe for concurrent use. A nil cache
// remembers nothing.
type cache struct {
	mu      sync.Mutex
	limit   int
	order   *list.List // of *entry, the most recently used in front
	entries map[string]*list.Element
	counts  *counters
}

// counters count what caches did.
type counters struct{ requests, hits, evictions atomic.Int64 }

type entry struct {
	raw   string
	token verified
}

// newCache makes a cache of at most limit tokens; nil for 0.
func newCache(limit int, counts *counters) *cache {
	if limit <= 0 {
		return nil
	}
	return &cache{limit: limit, order: list.New(), entries: map[string]*list.Element{}, counts: counts}
}

func (c *cache) get(raw string) (verified, bool) {
	if c == nil {
		return verified{}, false
	}
	c.counts.requests.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[raw]
	if !ok {
		return verified{}, false
	}
	c.counts.hits.Add(1)
	c.order.MoveToFront(element)
	return element.Value.(*entry).token, true
}

func (c *cache) add(raw string, token verified) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[raw]; ok {
		return // another request was faster
	}
	c.entries[raw] = c.order.PushFront(&entry{raw, token})
	if len(c.entries) > c.limit {
		c.counts.evictions.Add(1)
		c.drop(c.order.Back())
	}
}

func (c *cache) remove(raw string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[raw]; ok {
		c.drop(element)
	}
}

// drop needs the lock.
func (c *cache) drop(element *list.Element) {
	c.order.Remove(element)
	delete(c.entries, element.Value.(*entry).raw)
}
