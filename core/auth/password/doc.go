// Package password hashes and verifies the passwords of users, and says which passwords are strong enough.
//
// It stands at the bottom of the auth service: the flows ask it, and it knows neither the database nor HTTP. New
// passwords become bcrypt hashes of cost 10, as GoTrue writes them. Hashes that came from elsewhere are verified as they
// are: bcrypt, Argon2i and Argon2id (PHC strings), and Firebase's scrypt.
//
// A stored hash decides how much memory and time its verification takes, so every form has bounds (bounds.go), and no
// error ever carries a hash or a password.
package password
