package plan

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much alike two names must be for one to be suggested for the other: 1 is equal.
const (
	anyLikeness      = 0.33 // functions and relationships, as PostgREST's fuzzy search has it
	relationLikeness = 0.75 // relations: a far-fetched table is worse than no hint
)

// longestName is the longest text, in bytes, that anything is suggested for: the parameters of a function are 100 at most,
// of 63 bytes each. Comparing takes time that grows with the text and with the schema.
const longestName = 8 << 10

// match is a candidate and how much it is like the name searched for.
type match struct {
	name  string
	score float64
}

// closest gives the candidate that is most like name; false when none reaches the likeness.
func closest(name string, candidates []string, likeness float64) (string, bool) {
	found := matches(name, candidates)
	if len(found) == 0 || found[0].score < likeness {
		return "", false
	}
	return found[0].name, true
}

// matches gives the candidates that share letter groups with name, most alike first. Names are compared as PostgREST
// compares them: by the cosine of their three-letter groups (two-letter ones when no three-letter group is shared), the
// best fifty then by edit distance.
func matches(name string, candidates []string) []match {
	if len(name) > longestName {
		return nil
	}
	target := normalize(name)
	for _, c := range candidates {
		if normalize(c) == target {
			return []match{{name: c, score: 1}}
		}
	}
	for size := 3; size >= 2; size-- {
		if found := matchesBySize(target, candidates, size); len(found) > 0 {
			return found
		}
	}
	return nil
}

const rescored = 50

func matchesBySize(target string, candidates []string, size int) []match {
	want := grams(target, size)
	var found []match
	for _, c := range candidates {
		if score := cosine(want, grams(normalize(c), size)); score > 0 {
			found = append(found, match{c, score})
		}
	}
	slices.SortStableFunc(found, byScore)
	found = found[:min(len(found), rescored)]
	for i, m := range found {
		found[i].score = likeness(normalize(m.name), target)
	}
	slices.SortStableFunc(found, byScore)
	return found
}

func byScore(a, b match) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	}
	return 0
}

func normalize(s string) string { return strings.ToLower(s) }

// grams counts the groups of size letters in s, with its ends marked.
func grams(s string, size int) map[string]int {
	letters := []rune{'-'}
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == ' ' || r == ',' {
			letters = append(letters, r)
		}
	}
	letters = append(letters, '-')
	for len(letters) < size {
		letters = append(letters, '-')
	}
	counts := make(map[string]int, len(letters))
	for i := 0; i+size <= len(letters); i++ {
		counts[string(letters[i:i+size])]++
	}
	return counts
}

func cosine(a, b map[string]int) float64 {
	dot := 0
	for g, n := range a {
		dot += n * b[g]
	}
	if dot == 0 {
		return 0
	}
	return float64(dot) / (norm(a) * norm(b))
}

func norm(counts map[string]int) float64 {
	sum := 0
	for _, n := range counts {
		sum += n * n
	}
	return math.Sqrt(float64(sum))
}

// likeness is 1 for equal strings and falls with each edit that one needs to become the other.
func likeness(a, b string) float64 {
	longest := max(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	if longest == 0 {
		return 1
	}
	return 1 - float64(levenshtein([]rune(a), []rune(b)))/float64(longest)
}

func levenshtein(a, b []rune) int {
	previous, current := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i, x := range a {
		current[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			current[j+1] = min(previous[j+1]+1, current[j]+1, previous[j]+cost)
		}
		previous, current = current, previous
	}
	return previous[len(b)]
}

// truncate cuts s to at most n bytes without breaking a character.
func truncate(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
