package pg

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// marked adds a mark of each row that is read to a sum. The same rows of the same queries give the same sum, in whatever
// order they come: it is the fingerprint of a snapshot, which so costs the database nothing.
type marked struct {
	pgx.Rows
	query int // its place among the queries, which tells equal rows of two of them apart
	sum   *uint64
}

// Next goes to the next row, as pgx.Rows has it.
func (m *marked) Next() bool {
	if !m.Rows.Next() {
		return false
	}
	text := binary.AppendVarint(make([]byte, 0, 256), int64(m.query))
	for _, value := range m.RawValues() {
		text = binary.AppendVarint(text, int64(len(value)))
		text = append(text, value...)
	}
	h := fnv.New64a()
	_, _ = h.Write(text) // it never fails
	*m.sum += h.Sum64()
	return true
}
