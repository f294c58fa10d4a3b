"""What ceilometer-redis runs on a controller: Python 2.7 and 3.4+, standard library and PyYAML."""
