#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# json_schema FOLDER FILE...: is what vfio-mig -j wrote, a value in each FILE, as
# the schema in FOLDER says that it names?
use strict;
use warnings;
# What would fetch schemas from elsewhere takes a third of the time to start; these are files.
BEGIN { $INC{'Mojo/UserAgent.pm'} = __FILE__ }
use JSON::Validator;
use Mojo::File qw(path);
use Mojo::JSON qw(decode_json);

my $folder = shift @ARGV;
my %validators;
my $wrong = 0;

sub validator {
	my ($name) = @_;

	return $validators{$name} //=
		JSON::Validator->new->schema("file://$folder/$name.json");
}

for my $file (@ARGV) {
	my $value = decode_json(path($file)->slurp);
	my $name = $value->{schema} // '';
	my @errors;

	if ($name =~ /^[a-z]+(-[a-z]+)?-\d+$/ && -e "$folder/$name.json") {
		@errors = validator($name)->validate($value);
	} else {
		@errors = ("there is no schema '$name'");
	}
	next unless @errors;
	print "# $name: $_\n" for @errors;
	print "# of: ", path($file)->slurp, "\n";
	$wrong++;
}
exit($wrong ? 1 : 0);
