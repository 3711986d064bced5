# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_noesis_global_optspecs
    string join \n base-url= client-id= client-secret-file= profile= store= timeout= ca-cert= json q/quiet v/verbose no-input color= h/help V/version
end

function __fish_noesis_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_noesis_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_noesis_using_subcommand
    set -l cmd (__fish_noesis_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c noesis -n "__fish_noesis_needs_command" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_needs_command" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_needs_command" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_needs_command" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_needs_command" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_needs_command" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_needs_command" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_needs_command" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_needs_command" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_needs_command" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_needs_command" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_needs_command" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_needs_command" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_needs_command" -s V -l version -d 'Print version'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "login" -d 'Sign in with the browser, and keep the session in the keyring'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "logout" -d 'Forget the session of the profile. It is not an error if there is none'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "status" -d 'Show who is signed in, where the session is kept, when it expires, and which tools it gives access to. Works offline'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "token" -d 'Print a valid access token and a newline, refreshing the session first if the token expires too soon'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "refresh" -d 'Refresh the session now. Given a refresh token, use that one instead: store nothing, and print the response as JSON'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "redeem" -d 'Redeem activation codes, and update the session\'s token'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "introspect" -d 'Ask the platform whether a token is active. Exit status 0 is yes, 3 is no'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "decode" -d 'Show the content of a token: header, claims, times, entitlements. Verifies nothing, and needs no network'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "verify" -d 'Check a token\'s signature, times and access, and show every check. Exit status 0 is valid, 3 is not'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "exec" -d 'Run a command with a valid access token in NOESIS_TOKEN, and the platform in NOESIS_BASE_URL'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "pkce" -d 'Print a new PKCE pair (RFC 7636), or the challenge for a verifier'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "authorize-url" -d 'Print the URL at which a user approves a sign-in. Sends nothing'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "exchange" -d 'Exchange an authorization code for tokens, and print them as JSON. Stores nothing'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "doctor" -d 'Check what a sign-in and a session depend on, and say what to do about each check that fails'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "guard" -d 'Guard a tool: answer a proxy that asks about each request, or be the proxy'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands into a folder'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "sandbox" -d 'Run the whole platform on this machine: sign-in, tokens, codes and keys, without an account or a network'
complete -c noesis -n "__fish_noesis_needs_command" -f -a "help" -d 'Show the help of a command'
complete -c noesis -n "__fish_noesis_using_subcommand login" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand login" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand login" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand login" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand login" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand login" -l browser -d 'The command that opens the URL, its last argument [env: NOESIS_BROWSER, BROWSER]' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l port -d 'The port to wait on [default: any that is free]' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l redirect-uri -d 'The redirect URI, where the client is registered with another than `http://127.0.0.1/callback`' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l scope -d 'The scope to ask for; the platform needs none' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l wait -d 'How long to wait for your answer' -r
complete -c noesis -n "__fish_noesis_using_subcommand login" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand login" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand login" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand login" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand login" -l no-browser -d 'Only print the URL'
complete -c noesis -n "__fish_noesis_using_subcommand login" -l with-token -d 'Read an access token, or the JSON answer of a token endpoint, from standard input instead'
complete -c noesis -n "__fish_noesis_using_subcommand login" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -l all -d 'Forget the sessions of all profiles'
complete -c noesis -n "__fish_noesis_using_subcommand logout" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand status" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand status" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand status" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand status" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand status" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand status" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand status" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand status" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand status" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand status" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand status" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand status" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand status" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand token" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand token" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand token" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand token" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand token" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand token" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand token" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand token" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand token" -l min-ttl -d 'How much longer the token has to be valid' -r
complete -c noesis -n "__fish_noesis_using_subcommand token" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand token" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand token" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand token" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand token" -l header -d 'Print the whole header, `Authorization: Bearer …`'
complete -c noesis -n "__fish_noesis_using_subcommand token" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand refresh" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -l show-token -d 'Also print the new access token'
complete -c noesis -n "__fish_noesis_using_subcommand redeem" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l tool -d 'Also decide whether the user may use this tool' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l retry -d 'How often to ask again where the platform cannot answer now (429, 5xx) or cannot be reached' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l batch -d 'Take one token per line of a file, or of `-`; print one JSON object per line, in the same order' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l format -d '`json`, one JSON object per line, or `junit`, one XML document with a test case per line' -r -f -a "json\t'One JSON object per line'
junit\t'One JUnit XML document, with a test case per line'"
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l deadline -d 'How long a whole batch may take' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l jobs -d 'How many requests of a batch are in flight at once' -r
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l compare -d 'Also show the claims of the token itself, and where the two differ'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l fail-fast -d 'End a batch after the first line whose token is refused, or that failed'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -l allow-empty -d 'A batch without tokens is not an error'
complete -c noesis -n "__fish_noesis_using_subcommand introspect" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand decode" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l tool -d 'Also require access to this tool' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l jwks -d 'The key set: a file, or a URL [default: the platform\'s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l hs256-secret-file -d 'A file with the secret that HS256 tokens are made with, at least 32 bytes' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l issuer -d 'The issuer that has to be in the token' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l audience -d 'The audience that has to be in the token' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l leeway -d 'How far this machine\'s clock may be off' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l batch -d 'Take one token per line of a file, or of `-`; print one JSON object per line, in the same order' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l format -d '`json`, one JSON object per line, or `junit`, one XML document with a test case per line' -r -f -a "json\t'One JSON object per line'
junit\t'One JUnit XML document, with a test case per line'"
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l deadline -d 'How long a whole batch may take' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l jobs -d 'How many threads verify a batch [default: one per core]' -r
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l offline -d 'Send no request: use the keys that were fetched before, however old'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l fail-fast -d 'End a batch after the first line whose token is refused, or that failed'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -l allow-empty -d 'A batch without tokens is not an error'
complete -c noesis -n "__fish_noesis_using_subcommand verify" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l min-ttl -d 'How much longer the token has to be valid' -r
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand exec" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l verifier -d 'The code verifier to compute the challenge for: itself, `-` for standard input, or `@FILE`' -r
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand pkce" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l redirect-uri -d 'Where the response is to be sent' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l state -d 'What ties the response to this request; none is sent unless given' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l code-challenge -d 'The PKCE challenge; its method is always S256' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l scope -d 'The scope to ask for; the platform needs none' -r
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand authorize-url" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l redirect-uri -d 'The redirect URI of the authorization request' -r
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l code-verifier -d 'The PKCE code verifier, `-` for standard input, or `@FILE`' -r
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand exchange" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l listen -d 'The address to listen on; a port alone is on 127.0.0.1' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l status-listen -d 'A separate address for health, readiness and metrics' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l tool -d 'The tool that a request needs access to [default: none, a valid token is enough]' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l jwks -d 'The key set: a file, or a URL [default: the platform\'s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l hs256-secret-file -d 'A file with the secret that HS256 tokens are made with, at least 32 bytes' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l issuer -d 'The issuer that has to be in the token' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l audience -d 'The audience that has to be in the token' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l leeway -d 'How far this machine\'s clock may be off' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l trusted-proxy -d 'A proxy, or a network of proxies, whose X-Forwarded-* headers are trusted; may be repeated' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l upstream -d 'Forward granted requests to this server, `http://HOST:PORT`' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l upstream-timeout -d 'How long the upstream may take to begin its response' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l access-log -d 'How each request is logged, to standard error' -r -f -a "text\t'One line of text per request'
json\t'One JSON object per request'
none\t'No access log'"
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l max-connections -d 'How many connections are served at the same time; more wait' -r
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand guard" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand completions" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand man" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand man" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand man" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand man" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand man" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand man" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand man" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand man" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand man" -l out -d 'The folder to write the pages into; it is created if it is missing' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand man" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand man" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand man" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand man" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand man" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -f -a "serve" -d 'Serve the platform until Ctrl-C'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -f -a "run" -d 'Serve the platform on a free port for as long as a command runs, and exit with its exit status'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -f -a "mint" -d 'Print a token signed by the running sandbox, valid or invalid as requested'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and not __fish_seen_subcommand_from serve run mint seed" -f -a "seed" -d 'Print the default seed: users, clients, tools and codes as a TOML file that describes its format'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l listen -d 'The address to listen on, on a loopback interface; a port alone is on 127.0.0.1' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l auto-approve -d 'Approve every sign-in at once, as the first user or as the one that follows the `=`' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l seed -d 'Users, clients, tools and codes from a TOML file instead of the built-in ones, which `sandbox seed` prints' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l fault -d 'A failure on demand, such as `status=503,rate=0.1@token`; may be given more than once' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l auto-approve -d 'Approve every sign-in at once, as the first user or as the one that follows the `=`' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l seed -d 'Users, clients, tools and codes from a TOML file instead of the built-in ones, which `sandbox seed` prints' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l fault -d 'A failure on demand, such as `status=503,rate=0.1@token`; may be given more than once' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l sub -d 'The user, by default the sandbox\'s first; need not be one of its users' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l tool -d 'A tool that the user may use, and for how long (30 days; `-1h` has expired); by default the user\'s own tools' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l role -d 'The role' -r -f -a "integrator\t''
distributor\t''"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l expires-in -d 'The lifetime; `-5m` expired five minutes ago' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l alg -d 'The algorithm' -r -f -a "RS256\t''
HS256\t''"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l kid -d 'The header\'s `kid`, by default that of the published key' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l claim -d 'A claim to set to a JSON value, or to remove if nothing follows the `=`' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l count -d 'How many to print, one on each line [default: 1]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l admin -d 'Make the user an admin'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -l wrong-key -d 'Sign with a key that is not published'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from mint" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from seed" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand help" -l base-url -d 'The platform\'s base URL [env: NOESIS_BASE_URL]' -r
complete -c noesis -n "__fish_noesis_using_subcommand help" -l client-id -d 'The client ID to sign in with [env: NOESIS_CLIENT_ID]' -r
complete -c noesis -n "__fish_noesis_using_subcommand help" -l client-secret-file -d 'A file with the client secret [env: NOESIS_CLIENT_SECRET, the secret itself]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand help" -l profile -d 'The profile to use [env: NOESIS_PROFILE] [default: default]' -r -f -a '(noesis completions --profiles 2>/dev/null)'
complete -c noesis -n "__fish_noesis_using_subcommand help" -l store -d 'Where the session is kept: keyring, file or memory [env: NOESIS_STORE] [default: keyring]' -r -f -a "keyring\t'The operating system\'s keyring'
file\t'A file of the user\'s own, mode 0600'
memory\t'This process alone: gone when it ends'"
complete -c noesis -n "__fish_noesis_using_subcommand help" -l timeout -d 'How long a whole request may take [env: NOESIS_TIMEOUT] [default: 10s]' -r
complete -c noesis -n "__fish_noesis_using_subcommand help" -l ca-cert -d 'A certificate authority to trust in addition to the system\'s [env: NOESIS_CA_CERT]' -r -F
complete -c noesis -n "__fish_noesis_using_subcommand help" -l color -d 'When to use colour: auto, always or never' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`'
always\t'Also on a pipe'
never\t'Nowhere'"
complete -c noesis -n "__fish_noesis_using_subcommand help" -l json -d 'Print one JSON document'
complete -c noesis -n "__fish_noesis_using_subcommand help" -s q -l quiet -d 'Print no progress and no notes'
complete -c noesis -n "__fish_noesis_using_subcommand help" -s v -l verbose -d 'Print each request: its path, the status of the response, and its duration'
complete -c noesis -n "__fish_noesis_using_subcommand help" -l no-input -d 'Never prompt; fail if something is missing'
complete -c noesis -n "__fish_noesis_using_subcommand help" -s h -l help -d 'Print help'
complete -c noesis -n "__fish_noesis_using_subcommand help" -f -a "login logout status token refresh redeem introspect decode verify exec pkce authorize-url exchange doctor guard completions man sandbox serve run mint seed help"

# Whether a command to run is behind `--`.
function __fish_noesis_runs_command
    contains -- -- (commandline -opc)
end

# That command, and what it completes itself.
function __fish_noesis_command
    set -l words (commandline -opc)
    set -e words[1..(contains -i -- -- $words)]
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c noesis -n "__fish_noesis_using_subcommand exec; and __fish_noesis_runs_command" -f -a "(__fish_noesis_command)"
complete -c noesis -n "__fish_noesis_using_subcommand sandbox; and __fish_seen_subcommand_from run; and __fish_noesis_runs_command" -f -a "(__fish_noesis_command)"
