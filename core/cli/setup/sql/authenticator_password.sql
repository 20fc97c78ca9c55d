alter role authenticator with login password :'password';
