-- Acts for requests with the token of a signed-in user.
create role authenticated nologin noinherit;
