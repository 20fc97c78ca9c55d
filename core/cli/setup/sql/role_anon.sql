-- Acts for requests without a token, and with the anon key.
create role anon nologin noinherit;
