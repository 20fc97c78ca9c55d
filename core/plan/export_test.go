package plan

// Closest and the likenesses, for the tests of suggestions.
var Closest = closest

// The likenesses that suggestions demand.
const (
	AnyLikeness      = anyLikeness
	RelationLikeness = relationLikeness
)
