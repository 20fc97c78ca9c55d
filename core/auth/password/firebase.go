package password

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// firebaseHash is a hash of Firebase Authentication whose parameters are within bounds: scrypt makes an AES-256 key of
// the password, and the hash is the project's signer key under that key.
type firebaseHash struct {
	logN, r, p int
	salt       []byte // the user's salt with the project's salt separator behind it
	signer     []byte
	sum        []byte
}

const (
	firebaseKey = 32 // bytes of the derived key: AES-256

	// minSigner is the least length of a signer key, and so of the hash, in bytes. Firebase's have 64. A hash of few
	// bytes would be matched by many passwords.
	minSigner = 16
)

// parseFirebase reads GoTrue's form, "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=...$salt$hash", with padded base64: n is
// Firebase's mem_cost (the logarithm of N), r its rounds, ss the salt separator, sk the signer key. ss may be missing.
func parseFirebase(hash string) (stored, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 5 {
		return nil, unusable("it is no well-formed fbscrypt hash")
	}
	parameters := strings.SplitN(parts[2], ",", 5)
	if len(parameters) != 5 {
		return nil, unusable("its fbscrypt parameters are not v, n, r, p, ss and sk")
	}
	h := &firebaseHash{}
	if err := h.readCosts(parameters[:4]); err != nil {
		return nil, err
	}
	separator, signer, ok := firebaseKeys(parameters[4])
	if !ok {
		return nil, unusable("its fbscrypt signer key (sk) is missing or out of place")
	}
	return h, h.readBytes(parts[3], separator, signer, parts[4])
}

// firebaseKeys reads "ss=Bw==,sk=...", and "sk=..." alone.
func firebaseKeys(text string) (separator, signer string, ok bool) {
	if rest, found := strings.CutPrefix(text, "ss="); found {
		separator, text, _ = strings.Cut(rest, ",")
	}
	signer, ok = strings.CutPrefix(text, "sk=")
	return separator, signer, ok
}

// readCosts reads v=1, n=14, r=8 and p=1.
func (h *firebaseHash) readCosts(pairs []string) error {
	v, ok := numbers(pairs, "v", "n", "r", "p")
	if !ok || v[0] != 1 {
		return unusable("its fbscrypt parameters are not v=1, n, r and p with numbers")
	}
	h.logN, h.r, h.p = v[1], v[2], v[3]
	switch {
	case h.logN < 1 || h.r < 1 || h.p < 1:
		return unusable("its fbscrypt parameters n, r and p are not all positive")
	case h.p > maxLanes:
		return unusable("its fbscrypt parameter p is over " + strconv.Itoa(maxLanes))
	case h.logN > 20 || h.memory() > maxMemory: // 2^20 blocks are too many for any r, and keep the product in 64 bits
		return unusable("its fbscrypt parameters n and r ask for more memory than " + strconv.Itoa(maxMemory>>20) + " MiB")
	}
	return nil
}

// memory is how many bytes scrypt takes: N blocks of 128*r bytes, one per lane, and two to work with (RFC 7914).
func (h *firebaseHash) memory() int { return (1<<h.logN + h.p + 2) * 128 * h.r }

func (h *firebaseHash) readBytes(salt, separator, signer, sum string) error {
	decoded := [4][]byte{}
	for i, text := range []string{salt, separator, signer, sum} {
		var err error
		if decoded[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return unusable("its fbscrypt salt, hash and keys are not all base64 with padding")
		}
	}
	h.salt, h.signer, h.sum = append(decoded[0], decoded[1]...), decoded[2], decoded[3]
	switch {
	case len(decoded[0]) == 0:
		return unusable("its fbscrypt salt is empty")
	case len(h.signer) < minSigner:
		return unusable("its fbscrypt signer key is shorter than 16 bytes")
	case len(h.sum) != len(h.signer):
		return unusable("its fbscrypt hash is not as long as the signer key")
	}
	return nil
}

func (h *firebaseHash) matches(plain string) (bool, error) {
	key, err := scrypt.Key([]byte(plain), h.salt, 1<<h.logN, h.r, h.p, firebaseKey)
	if err != nil {
		return false, fmt.Errorf("deriving a Firebase key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return false, fmt.Errorf("encrypting a Firebase signer key: %w", err)
	}
	sum := make([]byte, len(h.signer))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(sum, h.signer) // Firebase counts from zero
	return subtle.ConstantTimeCompare(sum, h.sum) == 1, nil
}
