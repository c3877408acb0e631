# Completion of ksnoop's command line for bash: what could stand there says ksnoop itself.
_ksnoop() {
	local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
	[ -z "$word" ] || COMPREPLY+=($(compgen -f -X '!*.lua' -- "$word"))
}
complete -o default -F _ksnoop ksnoop
