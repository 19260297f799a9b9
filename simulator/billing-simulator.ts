#!/usr/bin/env node
import './billing/cli';
