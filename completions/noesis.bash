_noesis() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="noesis"
                ;;
            noesis,authorize-url)
                cmd="noesis__subcmd__authorize__subcmd__url"
                ;;
            noesis,completions)
                cmd="noesis__subcmd__completions"
                ;;
            noesis,decode)
                cmd="noesis__subcmd__decode"
                ;;
            noesis,doctor)
                cmd="noesis__subcmd__doctor"
                ;;
            noesis,exchange)
                cmd="noesis__subcmd__exchange"
                ;;
            noesis,exec)
                cmd="noesis__subcmd__exec"
                ;;
            noesis,guard)
                cmd="noesis__subcmd__guard"
                ;;
            noesis,help)
                cmd="noesis__subcmd__help"
                ;;
            noesis,introspect)
                cmd="noesis__subcmd__introspect"
                ;;
            noesis,login)
                cmd="noesis__subcmd__login"
                ;;
            noesis,logout)
                cmd="noesis__subcmd__logout"
                ;;
            noesis,man)
                cmd="noesis__subcmd__man"
                ;;
            noesis,pkce)
                cmd="noesis__subcmd__pkce"
                ;;
            noesis,redeem)
                cmd="noesis__subcmd__redeem"
                ;;
            noesis,refresh)
                cmd="noesis__subcmd__refresh"
                ;;
            noesis,sandbox)
                cmd="noesis__subcmd__sandbox"
                ;;
            noesis,status)
                cmd="noesis__subcmd__status"
                ;;
            noesis,token)
                cmd="noesis__subcmd__token"
                ;;
            noesis,verify)
                cmd="noesis__subcmd__verify"
                ;;
            noesis__subcmd__sandbox,mint)
                cmd="noesis__subcmd__sandbox__subcmd__mint"
                ;;
            noesis__subcmd__sandbox,run)
                cmd="noesis__subcmd__sandbox__subcmd__run"
                ;;
            noesis__subcmd__sandbox,seed)
                cmd="noesis__subcmd__sandbox__subcmd__seed"
                ;;
            noesis__subcmd__sandbox,serve)
                cmd="noesis__subcmd__sandbox__subcmd__serve"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        noesis)
            opts="login logout status token refresh redeem introspect decode verify exec pkce authorize-url exchange doctor guard completions man sandbox help -q -v -h -V --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help --version"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__authorize__subcmd__url)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --redirect-uri --state --code-challenge --scope --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --redirect-uri)
                    COMPREPLY=()
                    return 0
                    ;;
                --state)
                    COMPREPLY=()
                    return 0
                    ;;
                --code-challenge)
                    COMPREPLY=()
                    return 0
                    ;;
                --scope)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__completions)
            opts="bash elvish fish powershell zsh -q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__decode)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__doctor)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__exchange)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --redirect-uri --code-verifier --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --redirect-uri)
                    COMPREPLY=()
                    return 0
                    ;;
                --code-verifier)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__exec)
            _noesis_command && return 0
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --min-ttl --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --min-ttl)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__guard)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --listen --status-listen --tool --jwks --hs256-secret-file --issuer --audience --leeway --trusted-proxy --upstream --upstream-timeout --access-log --max-connections --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --listen)
                    COMPREPLY=()
                    return 0
                    ;;
                --status-listen)
                    COMPREPLY=()
                    return 0
                    ;;
                --tool)
                    COMPREPLY=()
                    return 0
                    ;;
                --jwks)
                    COMPREPLY=()
                    return 0
                    ;;
                --hs256-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --issuer)
                    COMPREPLY=()
                    return 0
                    ;;
                --audience)
                    COMPREPLY=()
                    return 0
                    ;;
                --leeway)
                    COMPREPLY=()
                    return 0
                    ;;
                --trusted-proxy)
                    COMPREPLY=()
                    return 0
                    ;;
                --upstream)
                    COMPREPLY=()
                    return 0
                    ;;
                --upstream-timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --access-log)
                    COMPREPLY=($(compgen -W "text json none" -- "${cur}"))
                    return 0
                    ;;
                --max-connections)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__help)
            opts="login logout status token refresh redeem introspect decode verify exec pkce authorize-url exchange doctor guard completions man sandbox serve run mint seed -q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__introspect)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --tool --compare --retry --batch --format --fail-fast --deadline --allow-empty --jobs --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --tool)
                    COMPREPLY=()
                    return 0
                    ;;
                --retry)
                    COMPREPLY=()
                    return 0
                    ;;
                --batch)
                    COMPREPLY=()
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json junit" -- "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=()
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__login)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --no-browser --browser --port --redirect-uri --scope --wait --with-token --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --browser)
                    COMPREPLY=()
                    return 0
                    ;;
                --port)
                    COMPREPLY=()
                    return 0
                    ;;
                --redirect-uri)
                    COMPREPLY=()
                    return 0
                    ;;
                --scope)
                    COMPREPLY=()
                    return 0
                    ;;
                --wait)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__logout)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --all --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__man)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --out --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --out)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__pkce)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --verifier --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --verifier)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__redeem)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --show-token --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__refresh)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__sandbox)
            opts="serve run mint seed -q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__sandbox__subcmd__mint)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --sub --tool --role --admin --expires-in --alg --kid --wrong-key --claim --count --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --sub)
                    COMPREPLY=()
                    return 0
                    ;;
                --tool)
                    COMPREPLY=()
                    return 0
                    ;;
                --role)
                    COMPREPLY=($(compgen -W "integrator distributor" -- "${cur}"))
                    return 0
                    ;;
                --expires-in)
                    COMPREPLY=()
                    return 0
                    ;;
                --alg)
                    COMPREPLY=($(compgen -W "RS256 HS256" -- "${cur}"))
                    return 0
                    ;;
                --kid)
                    COMPREPLY=()
                    return 0
                    ;;
                --claim)
                    COMPREPLY=()
                    return 0
                    ;;
                --count)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__sandbox__subcmd__run)
            _noesis_command && return 0
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --auto-approve --seed --fault --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --auto-approve)
                    COMPREPLY=()
                    return 0
                    ;;
                --seed)
                    COMPREPLY=()
                    return 0
                    ;;
                --fault)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__sandbox__subcmd__seed)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__sandbox__subcmd__serve)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --listen --auto-approve --seed --fault --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --listen)
                    COMPREPLY=()
                    return 0
                    ;;
                --auto-approve)
                    COMPREPLY=()
                    return 0
                    ;;
                --seed)
                    COMPREPLY=()
                    return 0
                    ;;
                --fault)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__status)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__token)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --min-ttl --header --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --min-ttl)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        noesis__subcmd__verify)
            opts="-q -v -h --base-url --client-id --client-secret-file --profile --store --timeout --ca-cert --json --quiet --verbose --no-input --color --tool --jwks --hs256-secret-file --issuer --audience --leeway --offline --batch --format --fail-fast --deadline --allow-empty --jobs --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --base-url)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-id)
                    COMPREPLY=()
                    return 0
                    ;;
                --client-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --profile)
                    _noesis_profiles "${cur}"
                    return 0
                    ;;
                --store)
                    COMPREPLY=($(compgen -W "keyring file memory" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=()
                    return 0
                    ;;
                --ca-cert)
                    COMPREPLY=()
                    return 0
                    ;;
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --tool)
                    COMPREPLY=()
                    return 0
                    ;;
                --jwks)
                    COMPREPLY=()
                    return 0
                    ;;
                --hs256-secret-file)
                    COMPREPLY=()
                    return 0
                    ;;
                --issuer)
                    COMPREPLY=()
                    return 0
                    ;;
                --audience)
                    COMPREPLY=()
                    return 0
                    ;;
                --leeway)
                    COMPREPLY=()
                    return 0
                    ;;
                --batch)
                    COMPREPLY=()
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json junit" -- "${cur}"))
                    return 0
                    ;;
                --deadline)
                    COMPREPLY=()
                    return 0
                    ;;
                --jobs)
                    COMPREPLY=()
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _noesis -o nosort -o bashdefault -o default noesis
else
    complete -F _noesis -o bashdefault -o default noesis
fi

_noesis_profiles() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        if [[ "${name}" != *[!A-Za-z0-9._-]* && "${name}" == "$1"* ]]; then
            COMPREPLY+=("${name}")
        fi
    done < <(noesis completions --profiles 2>/dev/null)
}

# Behind `--`: a command, and what the command completes itself.
_noesis_command() {
    local at name
    for ((at = 1; at < COMP_CWORD; at++)); do
        [[ "${COMP_WORDS[at]}" == -- ]] && break
    done
    ((at < COMP_CWORD)) || return 1
    if declare -F _command_offset >/dev/null; then
        _command_offset $((at + 1))
        return 0
    fi
    COMPREPLY=()
    # Arguments are files, which bash completes itself, and quotes.
    ((at + 1 == COMP_CWORD)) || return 0
    while IFS= read -r name; do
        [[ "${name}" != *[!A-Za-z0-9._+-]* ]] && COMPREPLY+=("${name}")
    done < <(compgen -c -- "${cur}")
    return 0
}
