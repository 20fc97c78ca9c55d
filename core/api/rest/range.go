package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/pergola-dev/pergola/core/engine"
	"github.com/pergola-dev/pergola/core/fault"
	"github.com/pergola-dev/pergola/core/query"
)

// applyRange takes the page of a Range header, "FIRST-LAST" in rows, into a selection. A header of another form is
// ignored, as RFC 9110, 14.2 demands of ranges that are not understood.
func applyRange(sel *query.Selection, header string) error {
	header = strings.TrimPrefix(header, "items=")
	from, to, ok := strings.Cut(header, "-")
	if !ok {
		return nil
	}
	first, err := strconv.ParseInt(from, 10, 64)
	if err != nil || first < 0 {
		return nil
	}
	sel.Offset = first
	if to == "" {
		return nil
	}
	last, err := strconv.ParseInt(to, 10, 64)
	if err != nil {
		return nil
	}
	if last < first {
		return fault.BadRange("The lower boundary must be lower than or equal to the upper boundary in the Range header.")
	}
	limit := last - first + 1
	sel.Limit = &limit
	return nil
}

// contentRange is the Content-Range of a page of rows that starts at offset, "FIRST-LAST/TOTAL". Where there is no row, or
// no total is known, an asterisk stands instead.
func contentRange(offset, rows int64, total *int64) string {
	var room [64]byte // three numbers, and what stands between them
	b := append(room[:0], '*')
	if rows > 0 && (total == nil || *total != 0) {
		b = strconv.AppendInt(room[:0], offset, 10)
		b = append(b, '-')
		b = strconv.AppendInt(b, offset+rows-1, 10)
	}
	b = append(b, '/')
	if total == nil {
		return string(append(b, '*'))
	}
	return string(strconv.AppendInt(b, *total, 10))
}

// rangeStatus is the status of a page: partial where it is known that there is more, and a fault where it lies beyond the
// last row.
func rangeStatus(offset int64, a engine.Answer) (int, error) {
	switch {
	case a.Total == nil:
		return http.StatusOK, nil
	case offset > *a.Total:
		beyond := fault.OffsetBeyond(offset, *a.Total)
		return 0, beyond.WithHeader("Content-Range", contentRange(0, 0, a.Total))
	case a.Rows < *a.Total:
		return http.StatusPartialContent, nil
	}
	return http.StatusOK, nil
}
