# Completion of ksnoop's command line for fish: what could stand there says ksnoop itself.
function __ksnoop
	set -l words (commandline -opc) (commandline -ct)
	$words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c ksnoop -f -a '(__ksnoop; __fish_complete_suffix .lua)'
