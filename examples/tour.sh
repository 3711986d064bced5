#!/bin/sh
# A tour of noesis, against a platform that noesis itself brings. Needs neither browser, keyring nor network:
#
#     noesis sandbox run --auto-approve -- sh examples/tour.sh
#
# Every line below is a command as you would type it.
set -eu

step() {
    printf '\n# %s\n$ %s\n' "$1" "$2"
    sh -euc "$2" 2>&1
}

step "Sign in. Here the sandbox approves by itself; elsewhere your browser opens." \
     "noesis login"

step "Who is signed in, until when, and for which tools?" \
     "noesis status"

step "An activation code opens another tool. Type it as you like." \
     "noesis redeem axkf m3pq7rbn-w2yt"

step "Is the token active, in the platform's own eyes, and does it open that tool?" \
     "noesis introspect --tool vision-lab"

step "What is in the token? Nothing is verified here, and it says so." \
     "noesis decode | head -n 14"

step "A script wants a token: one that lives ten more minutes, refreshed if need be." \
     "noesis token --min-ttl 10m | cut -c 1-60"

step "Or the whole header, for curl." \
     "noesis token --header | cut -c 1-60"

step "Refresh the session now. The refresh token is rotated, the old one is spent." \
     "noesis refresh"

step "A program that needs a token gets it in its environment, not on its command line." \
     "noesis exec -- sh -c 'echo \"a token of \${#NOESIS_TOKEN} characters\"'"

step "Every answer is also one JSON document." \
     "noesis status --json"

step "Sign out." \
     "noesis logout"

step "Without a session, exit code 4 says that a sign-in is needed." \
     "noesis token || echo \"exit code \$?\""

printf '\nThat was the tour. A platform to play with: noesis sandbox serve\n'
