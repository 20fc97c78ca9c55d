-- The API connects as this role. It can do nothing by itself but become one of the roles above.
create role authenticator noinherit login password :'password';
