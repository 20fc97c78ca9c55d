package password_test

import (
	"strings"
	"testing"

	"github.com/pergola-dev/pergola/core/auth/password"
	"github.com/pergola-dev/pergola/core/fault"
)

// firebaseREADME is the example that github.com/firebase/scrypt publishes, in GoTrue's form; its password is
// "user1password".
const firebaseREADME = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==," +
	"sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==" +
	"$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="

// known are hashes that others made, each with the password it was made of.
var known = []struct{ name, hash, plain string }{
	// golang.org/x/crypto/bcrypt, bcrypt_test.go
	{"bcrypt of cost 10", "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmine"},
	{"bcrypt without minor version", "$2$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga", "allmine"},
	{
		"bcrypt of 57 bytes", "$2a$10$XajjQvNhvvRt5GSeFk1xFe5l47dONXg781AmZtd869sO8zfsHuw7C",
		"012345678901234567890123456789012345678901234567890123456",
	},
	// crypt_blowfish, wrapper.c
	{"bcrypt of cost 5", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
	{"bcrypt, another salt", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a", "U*U*U"},
	{"bcrypt of the empty password", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", ""},
	{"bcrypt as PHP writes it", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq", "\xa3"},
	{
		"bcrypt of more than 72 bytes", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
	},
	// the reference implementation of Argon2, src/test.c
	{"argon2i", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", "password"},
	{"argon2id", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "password"},
	{"argon2id, two lanes", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc", "password"},
	{"argon2id of 64 MiB", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password"},
	// supabase/auth, internal/crypto/password_test.go
	{"argon2i with a sum of 16 bytes", "$argon2i$v=19$m=16,t=2,p=1$bGJRWThNOHJJTVBSdHl2dQ$NfEnUOuUpb7F2fQkgFUG4g", "test"},
	{
		"argon2id as GoTrue tests it",
		"$argon2id$v=19$m=32,t=3,p=2$SFVpOWJ0eXhjRzVkdGN1RQ$RXnb8rh7LaDcn07xsssqqulZYXOM/EUCEFMVcAcyYVk", "test",
	},
	{
		"Firebase as GoTrue tests it", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==," +
			"sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==" +
			"$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==",
		"mytestpassword",
	},
	{"Firebase as Google publishes it", firebaseREADME, "user1password"},
}

func TestVerifyKnownHashes(t *testing.T) {
	for _, c := range known {
		t.Run(c.name, func(t *testing.T) {
			if ok, err := password.Verify(c.hash, c.plain); !ok || err != nil {
				t.Errorf("the right password gave %v, %v", ok, err)
			}
			if ok, err := password.Verify(c.hash, "x"+c.plain); ok || err != nil {
				t.Errorf("a wrong password gave %v, %v", ok, err)
			}
			if err := password.CheckImported(c.hash); err != nil {
				t.Errorf("an administrator could not bring it: %v", err)
			}
		})
	}
}

// Bcrypt repeats the password with a NUL byte between, so "allmine" and "allmine\x00allmine" have one hash.
func TestVerifyRefusesNUL(t *testing.T) {
	for _, plain := range []string{"allmine\x00allmine", "allmine\x00"} {
		if ok, err := password.Verify(known[0].hash, plain); ok || err != nil {
			t.Errorf("%q gave %v, %v", plain, ok, err)
		}
	}
}

func TestVerifyEmptyHash(t *testing.T) {
	for _, plain := range []string{"", "secret"} {
		if ok, err := password.Verify("", plain); ok || err != nil {
			t.Errorf("no hash and %q gave %v, %v", plain, ok, err)
		}
	}
}

// unusable are hashes that can never be matched, each with a part of what an administrator is told.
var unusable = []struct{ name, hash, says string }{
	{"empty", "", "form is unknown"},
	{"plain text", "correct horse", "printable"},
	{"unknown form", "$pbkdf2-sha256$29000$salt$sum", "form is unknown"},
	{"SHA-512 crypt", "$6$rounds=5000$saltsalt$sum", "form is unknown"},
	{"line end", known[0].hash + "\n", "printable"},
	{"too long for its column", "$argon2id$v=19$m=16,t=1,p=1$c29tZXNhbHQ$" + strings.Repeat("A", 256), "255"},

	{"bcrypt cut short", known[0].hash[:59], "no well-formed bcrypt"},
	{"bcrypt with more behind it", known[0].hash + "a", "no well-formed bcrypt"},
	{"bcrypt of a later version", "$3a$10$" + known[0].hash[7:], "form is unknown"},
	{"bcrypt with a wrong letter", known[0].hash[:30] + "*" + known[0].hash[31:], "no well-formed bcrypt"},
	{"bcrypt of cost 3", "$2a$03$" + known[0].hash[7:], "under 4"},
	{"bcrypt of cost 17", "$2a$17$" + known[0].hash[7:], "over 16"},
	{"bcrypt of cost 31", "$2a$31$" + known[0].hash[7:], "over 16"},

	{"argon2d", argon2("argon2d", "v=19", "m=256,t=2,p=1"), "argon2i and argon2id"},
	{"argon2 of no variant", argon2("argon2", "v=19", "m=256,t=2,p=1"), "argon2i and argon2id"},
	{"argon2 of version 16", argon2("argon2id", "v=16", "m=256,t=2,p=1"), "only 19"},
	{"argon2 without version", "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR", "no well-formed argon2"},
	{"argon2 with 64 MiB and 1 KiB", argon2("argon2id", "v=19", "m=65537,t=2,p=1"), "over 65536"},
	{"argon2 with 1 GiB", argon2("argon2id", "v=19", "m=1048576,t=2,p=1"), "over 65536"},
	{"argon2 with 4 TiB", argon2("argon2id", "v=19", "m=4294967295,t=2,p=1"), "with numbers"},
	{"argon2 with a memory beyond 64 bits", argon2("argon2id", "v=19", "m=99999999999999999999,t=2,p=1"), "with numbers"},
	{"argon2 with too little memory for its lanes", argon2("argon2id", "v=19", "m=31,t=2,p=4"), "eight times"},
	{"argon2 with no pass", argon2("argon2id", "v=19", "m=256,t=0,p=1"), "parameter t"},
	{"argon2 with 21 passes", argon2("argon2id", "v=19", "m=256,t=21,p=1"), "parameter t"},
	{"argon2 with no lane", argon2("argon2id", "v=19", "m=256,t=2,p=0"), "parameter p"},
	{"argon2 with 17 lanes", argon2("argon2id", "v=19", "m=256,t=2,p=17"), "parameter p"},
	{"argon2 with a sign", argon2("argon2id", "v=19", "m=+256,t=2,p=1"), "with numbers"},
	{"argon2 with parameters out of order", argon2("argon2id", "v=19", "t=2,m=256,p=1"), "with numbers"},
	{"argon2 with a key id", argon2("argon2id", "v=19", "m=256,t=2,p=1,keyid=Zm9v"), "with numbers"},
	{"argon2 with data", argon2("argon2id", "v=19", "m=256,t=2,p=1,data=Zm9v"), "with numbers"},
	{"argon2 with a short salt", "$argon2id$v=19$m=256,t=2,p=1$c2FsdA$nf65EOgLrQMR", "salt"},
	{"argon2 with a padded salt", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$nf65EOgLrQMR", "salt"},
	{"argon2 without a hash", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$", "at least 4 bytes"},
	{"argon2 with a broken hash", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$!!!!!!!!", "at least 4 bytes"},

	{"Firebase of version 2", firebase("v=1,", "v=2,"), "v=1"},
	{"Firebase with no n", firebase("n=14", "n=0"), "positive"},
	{"Firebase with no r", firebase("r=8", "r=0"), "positive"},
	{"Firebase with no p", firebase("p=1", "p=0"), "positive"},
	{"Firebase with n of 64 MiB", firebase("n=14", "n=16"), "more memory"},
	{"Firebase with the largest n", firebase("n=14", "n=999999999"), "more memory"},
	{"Firebase with the largest r", firebase("r=8", "r=999999999"), "more memory"},
	{"Firebase with r of 64 MiB", firebase("n=14,r=8", "n=1,r=524288"), "more memory"},
	{"Firebase with 17 lanes", firebase("p=1", "p=17"), "over 16"},
	{"Firebase with a name left out", firebase("r=8,", ""), "with numbers"},
	{"Firebase without keys", "$fbscrypt$v=1,n=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95", "v, n, r, p, ss and sk"},
	{"Firebase without signer key", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$42xEC+ixf3L2lw==$lSrfV15cpx95", "signer key"},
	{"Firebase with a signer key of one byte", "$fbscrypt$v=1,n=14,r=8,p=1,sk=AA==$42xEC+ixf3L2lw==$AA==", "shorter than 16"},
	{"Firebase without salt", firebase("$42xEC+ixf3L2lw==", "$"), "salt is empty"},
	{"Firebase with a hash of another length", firebase("$lSrfV15cpx95", "$"), "as long as"},
	{"Firebase in the URL alphabet", firebase("cpx95/sZS2", "cpx95_sZS2"), "base64"},
	{"Firebase without hash", firebaseREADME[:strings.LastIndex(firebaseREADME, "$")], "no well-formed fbscrypt"},
}

// argon2 is a hash with other parameters than it was made with.
func argon2(variant, version, costs string) string {
	return strings.Join([]string{"", variant, version, costs, "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"}, "$")
}

// firebase is the published hash with one part replaced.
func firebase(before, after string) string {
	if !strings.Contains(firebaseREADME, before) {
		panic("the published hash has no " + before)
	}
	return strings.Replace(firebaseREADME, before, after, 1)
}

func TestUnusableHashes(t *testing.T) {
	for _, c := range unusable {
		t.Run(c.name, func(t *testing.T) { checkRefusal(t, c.hash, c.says) })
	}
}

func TestVerifyUnusableHashes(t *testing.T) {
	for name, hash := range map[string]string{
		"unknown form":              "$pbkdf2-sha256$29000$saltsaltsalt$sumsumsumsum",
		"bcrypt of cost 31":         "$2a$31$" + known[0].hash[7:],
		"argon2 with 1 GiB":         argon2("argon2id", "v=19", "m=1048576,t=2,p=1"),
		"Firebase with n of 64 MiB": firebase("n=14", "n=16"),
	} {
		ok, err := password.Verify(hash, "password")
		if ok || err == nil {
			t.Fatalf("%s: Verify gave %v, %v", name, ok, err)
		}
		checkSilent(t, err, hash)
	}
}

// A hash of the right salt with one bit of the sum changed is not matched.
func TestVerifyComparesTheWholeSum(t *testing.T) {
	for name, c := range map[string]struct{ hash, before, after, plain string }{
		"bcrypt at its end":   {known[0].hash, "DcgaEND", "DceaEND", known[0].plain},
		"argon2 at its end":   {argon2("argon2id", "v=19", "m=256,t=2,p=1"), "HGi/4END", "HGi/0END", "password"},
		"argon2 at its start": {argon2("argon2id", "v=19", "m=256,t=2,p=1"), "$nf65", "$nf64", "password"},
		"Firebase at its end": {firebaseREADME, "id5lQ==END", "id5lA==END", "user1password"},
	} {
		changed := strings.TrimSuffix(strings.Replace(c.hash+"END", c.before, c.after, 1), "END")
		if changed == c.hash {
			t.Fatalf("%s: nothing is changed", name)
		}
		if ok, err := password.Verify(changed, c.plain); ok || err != nil {
			t.Errorf("%s gave %v, %v", name, ok, err)
		}
	}
}

// checkRefusal wants a fault that an administrator understands.
func checkRefusal(t *testing.T, hash, says string) {
	t.Helper()
	err := password.CheckImported(hash)
	f := fault.From(err)
	if err == nil || f.Status() != 400 || f.Code != "validation_failed" || !strings.Contains(f.Message, says) {
		t.Fatalf("CheckImported gave %v, not a fault that says %q", err, says)
	}
	checkSilent(t, err, hash)
}

// checkSilent wants an error that has nothing of salt, key or sum.
func checkSilent(t *testing.T, err error, hash string) {
	t.Helper()
	for part := range strings.FieldsFuncSeq(hash, func(r rune) bool { return strings.ContainsRune("$,=", r) }) {
		if len(part) > 9 && strings.Contains(err.Error(), part) {
			t.Errorf("%q says %q, a part of the hash", err, part)
		}
	}
}

// The costs in between are verified however strong they are.
func TestBoundsReach(t *testing.T) {
	for name, hash := range map[string]string{
		"bcrypt of cost 4":       "$2a$04$" + known[0].hash[7:],
		"bcrypt of cost 16":      "$2a$16$" + known[0].hash[7:],
		"argon2 at every bound":  argon2("argon2i", "v=19", "m=65536,t=20,p=16"),
		"Firebase of 32 MiB":     firebase("n=14", "n=15"),
		"Firebase without ss":    firebase("ss=Bw==,", ""),
		"Firebase with 16 lanes": firebase("p=1", "p=16"),
	} {
		if err := password.CheckImported(hash); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzCheckImported(f *testing.F) {
	for _, c := range known {
		f.Add(c.hash)
	}
	for _, c := range unusable {
		f.Add(c.hash)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		err := password.CheckImported(hash)
		if err == nil && (len(hash) > 255 || !strings.HasPrefix(hash, "$")) {
			t.Errorf("%q is accepted", hash)
		}
		if err != nil && len(hash) > 60 && strings.Contains(err.Error(), hash) {
			t.Errorf("%q says the hash", err)
		}
	})
}
