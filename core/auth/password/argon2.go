package password

import (
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2Hash is an Argon2 hash whose parameters are within bounds.
type argon2Hash struct {
	derive    func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte
	memory    uint32 // KiB
	passes    uint32
	lanes     uint8
	salt, sum []byte
}

const (
	minArgon2Salt = 8 // bytes; the reference implementation's ARGON2_MIN_SALT_LENGTH
	minArgon2Sum  = 4 // bytes; RFC 9106, section 3.1
)

// parseArgon2 reads a PHC string: "$argon2id$v=19$m=65536,t=3,p=4$salt$hash", with unpadded base64. Version 16, the
// variant argon2d, and the parameters keyid and data are refused: nothing here could verify them.
func parseArgon2(hash string) (stored, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return nil, unusable("it is no well-formed argon2 hash")
	}
	h := &argon2Hash{}
	switch parts[1] {
	case "argon2i":
		h.derive = argon2.Key
	case "argon2id":
		h.derive = argon2.IDKey
	default:
		return nil, unusable("of the argon2 variants only argon2i and argon2id are supported")
	}
	if parts[2] != "v="+strconv.Itoa(argon2.Version) {
		return nil, unusable("of the argon2 versions only 19 is supported")
	}
	if err := h.readCosts(parts[3]); err != nil {
		return nil, err
	}
	return h, h.readBytes(parts[4], parts[5])
}

// readCosts reads "m=65536,t=3,p=4".
func (h *argon2Hash) readCosts(text string) error {
	v, ok := numbers(strings.Split(text, ","), "m", "t", "p")
	if !ok {
		return unusable("its argon2 parameters are not m, t and p with numbers")
	}
	memory, passes, lanes := v[0], v[1], v[2]
	switch {
	case passes < 1 || passes > maxPasses:
		return unusable("its argon2 parameter t is not between 1 and " + strconv.Itoa(maxPasses))
	case lanes < 1 || lanes > maxLanes:
		return unusable("its argon2 parameter p is not between 1 and " + strconv.Itoa(maxLanes))
	case memory < 8*lanes: // RFC 9106, section 3.1
		return unusable("its argon2 parameter m is under eight times p")
	case memory > maxMemory>>10:
		return unusable("its argon2 parameter m is over " + strconv.Itoa(maxMemory>>10))
	}
	h.memory, h.passes, h.lanes = uint32(memory), uint32(passes), uint8(lanes)
	return nil
}

func (h *argon2Hash) readBytes(salt, sum string) (err error) {
	if h.salt, err = base64.RawStdEncoding.DecodeString(salt); err != nil || len(h.salt) < minArgon2Salt {
		return unusable("its argon2 salt is not base64 of at least 8 bytes without padding")
	}
	if h.sum, err = base64.RawStdEncoding.DecodeString(sum); err != nil || len(h.sum) < minArgon2Sum {
		return unusable("its argon2 hash is not base64 of at least 4 bytes without padding")
	}
	return nil
}

func (h *argon2Hash) matches(plain string) (bool, error) {
	sum := h.derive([]byte(plain), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1, nil
}

// numbers reads pairs like "m=65536" with exactly the names given, in their order. A number has at most nine digits.
func numbers(pairs []string, names ...string) ([]int, bool) {
	if len(pairs) != len(names) {
		return nil, false
	}
	values := make([]int, len(names))
	for i, pair := range pairs {
		name, digits, _ := strings.Cut(pair, "=")
		value, err := strconv.ParseUint(digits, 10, 64)
		if name != names[i] || len(digits) > 9 || err != nil {
			return nil, false
		}
		values[i] = int(value)
	}
	return values, true
}
