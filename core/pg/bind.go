package pg

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pergola-dev/pergola/core/stmt"
)

// bind is the message that gives a statement its parameters (PostgreSQL documentation, 55.7, Bind). The parameters are the
// names and values of settings, or arguments, all in text format. The driver's own message would need each as a slice of
// bytes; this one writes them where they go, which halves what a request allocates for its settings.
type bind struct {
	statement string // its name; "" for the unnamed one
	settings  []stmt.Setting
	args      [][]byte // a nil entry is NULL
	formats   []int16  // of the result's columns; nil for text
}

var _ pgproto3.FrontendMessage = (*bind)(nil)

// Frontend tells the driver that clients send this message.
func (*bind) Frontend() {}

// Decode is for servers.
func (*bind) Decode([]byte) error { return errors.New("only servers read Bind") }

// maxMessage is how long a message may be, in bytes: the server refuses to allocate more (MaxAllocSize).
const maxMessage = 1<<30 - 1

// Encode appends the message to dst. The error is that of a message which the protocol cannot carry.
func (b *bind) Encode(dst []byte) ([]byte, error) {
	parameters := 2*len(b.settings) + len(b.args)
	if parameters > math.MaxUint16 {
		return nil, errors.New("a statement has more than 65,535 parameters")
	}
	dst = append(dst, 'B', 0, 0, 0, 0)
	length := len(dst) - 4
	dst = append(dst, 0) // the unnamed portal
	dst = append(append(dst, b.statement...), 0)
	dst = binary.BigEndian.AppendUint16(dst, 0) // all parameters are text
	dst = binary.BigEndian.AppendUint16(dst, uint16(parameters))
	for _, s := range b.settings {
		dst = appendText(dst, s.Name)
		dst = appendText(dst, s.Value)
	}
	for _, a := range b.args {
		dst = appendArgument(dst, a)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(b.formats)))
	for _, f := range b.formats {
		dst = binary.BigEndian.AppendUint16(dst, uint16(f))
	}
	if len(dst)-length > maxMessage {
		return nil, errors.New("a statement's parameters are longer than 1 GiB")
	}
	binary.BigEndian.PutUint32(dst[length:], uint32(len(dst)-length))
	return dst, nil
}

func appendText(dst []byte, text string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(text)))
	return append(dst, text...)
}

func appendArgument(dst, arg []byte) []byte {
	if arg == nil {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32) // -1: NULL
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(arg)))
	return append(dst, arg...)
}
