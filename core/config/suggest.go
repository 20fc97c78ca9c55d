package config

// nearest is the known name with the fewest edits from name, "" when even that one is too far to be meant.
func nearest(name string, known []string) string {
	best, bestCost := "", 1+len(name)/4
	for _, k := range known {
		if cost := distance(name, k); cost < bestCost {
			best, bestCost = k, cost
		}
	}
	return best
}

// distance is the Levenshtein distance between two ASCII names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
