package token_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pergola-dev/pergola/core/config"
)

func TestCacheChecksTheClockEachTime(t *testing.T) {
	v := verifier(t, config.JWT{Secret: secret, CacheEntries: 10})
	raw := hs256(fmt.Sprintf(`{"role":"author","exp":%d,"nbf":%d}`, now.Unix()+60, now.Unix()))
	for _, tt := range []struct {
		name    string
		after   time.Duration
		message string
	}{
		{"first", 0, ""},
		{"from the cache", time.Second, ""},
		{"expired", 91 * time.Second, "JWT expired"},
		{"expired again", 92 * time.Second, "JWT expired"},
		{"not yet valid", -31 * time.Second, "JWT not yet valid"},
		{"valid again", time.Second, ""},
	} {
		_, err := v.Verify(t.Context(), raw, now.Add(tt.after))
		code := ""
		if tt.message != "" {
			code = "PGRST303"
		}
		t.Run(tt.name, func(t *testing.T) { check(t, err, code, tt.message, "") })
	}
}

func TestCacheKnowsTheWholeToken(t *testing.T) {
	v := verifier(t, config.JWT{Secret: secret, CacheEntries: 10})
	raw := hs256(`{"role":"author"}`)
	if _, err := v.Verify(t.Context(), raw, now); err != nil {
		t.Fatal(err)
	}
	_, err := v.Verify(t.Context(), raw[:len(raw)-5]+"AAAAA", now)
	check(t, err, "PGRST301", noKey, noneWork)
	_, err = v.Verify(t.Context(), swapPayload(raw, `{"role":"service_role"}`), now)
	check(t, err, "PGRST301", noKey, noneWork)
}

func TestCacheIsBounded(t *testing.T) {
	const limit = 3
	used := func(entries, tokens int) float64 {
		v := verifier(t, config.JWT{Secret: secret, CacheEntries: entries})
		raws := make([]string, tokens)
		for i := range raws {
			raws[i] = hs256(fmt.Sprintf(`{"role":"author","n":%d}`, i))
		}
		at := 0
		verify := func() {
			if _, err := v.Verify(t.Context(), raws[at%len(raws)], now); err != nil {
				t.Error(err)
			}
			at++
		}
		for range raws {
			verify()
		}
		return testing.AllocsPerRun(len(raws)*3, verify)
	}
	if n := used(limit, limit); n > 1 {
		t.Errorf("as many tokens as entries: %v allocations each, want them all from the cache", n)
	}
	if n := used(limit, limit+1); n < 10 {
		t.Errorf("one token more than entries, in turn: %v allocations each, want none from the cache", n)
	}
	if n := used(0, 1); n < 10 {
		t.Errorf("no cache: %v allocations each", n)
	}
}

func TestCacheConcurrently(t *testing.T) {
	v := verifier(t, config.JWT{Secret: secret, CacheEntries: 5})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 100 {
				n := (worker + i) % 9
				got, err := v.Verify(t.Context(), hs256(fmt.Sprintf(`{"role":"author","sub":"%d"}`, n)), now)
				if err != nil || got.Subject != fmt.Sprint(n) {
					t.Errorf("token %d is of %q: %v", n, got.Subject, err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkVerify(b *testing.B) {
	raw := hs256(`{"role":"author","sub":"3b0b4f0e-6f0a-4d57-9f0f-1c6b7d3b0c11","aud":"authenticated","exp":4000000000}`)
	for _, bb := range []struct {
		name    string
		entries int
	}{{"cached", 10}, {"uncached", 0}} {
		b.Run(bb.name, func(b *testing.B) {
			v := verifier(b, config.JWT{Secret: secret, CacheEntries: bb.entries})
			for b.Loop() {
				if _, err := v.Verify(b.Context(), raw, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
