#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# json_schema FOLDER FILE...: is what vfio-mig -j wrote, a value in each FILE, as
# the schema in FOLDER says that it names?
#
# json_schema --answer PIPES: the same for each line "FOLDER FILE..." that comes by the
# pipe PIPES/ask.  What is wrong, and in the end "right" or "wrong", goes to PIPES/answer.
use strict;
use warnings;
# What would fetch schemas from elsewhere takes a third of the time to start; these are files.
BEGIN { $INC{'Mojo/UserAgent.pm'} = __FILE__ }
use JSON::Validator;
use Mojo::File qw(path);
use Mojo::JSON qw(decode_json);

my %validators;

sub validator {
	my ($file) = @_;

	return $validators{$file} //= JSON::Validator->new->schema("file://$file");
}

# What is wrong with the value in a file; nothing if it is right.
sub errors {
	my ($folder, $file) = @_;
	my $value = decode_json(path($file)->slurp);
	my $name = $value->{schema} // '';

	return "there is no schema '$name'"
		unless $name =~ /^[a-z]+(-[a-z]+)?-\d+$/ && -e "$folder/$name.json";
	return map { "$name: $_" } validator("$folder/$name.json")->validate($value);
}

# How many are wrong; $out is told why.
sub look {
	my ($out, $folder, @files) = @_;
	my $wrong = 0;

	for my $file (@files) {
		my @errors = eval { errors($folder, $file) };

		@errors = ("it cannot be read: $@") if $@;
		next unless @errors;
		print $out "# $_\n" for @errors;
		print $out "# of: ", path($file)->slurp, "\n";
		$wrong++;
	}
	return $wrong;
}

sub answer {
	my ($pipes) = @_;

	open(my $ask, '+<', "$pipes/ask") or die "$pipes/ask: $!\n";
	open(my $answer, '+<', "$pipes/answer") or die "$pipes/answer: $!\n";
	$answer->autoflush(1);
	chdir('/');
	while (my $line = <$ask>) {
		print $answer look($answer, split(' ', $line)) ? "wrong\n" : "right\n";
	}
}

if (@ARGV == 2 && $ARGV[0] eq '--answer') {
	answer($ARGV[1]);
} else {
	exit(look(\*STDOUT, @ARGV) ? 1 : 0);
}
